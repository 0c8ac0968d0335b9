"""Tables, one file each: they read the frame of record and write Markdown, CSV and LaTeX."""
