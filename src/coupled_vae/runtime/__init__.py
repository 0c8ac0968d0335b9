"""What every other room stands on: errors, files, progress, the machine. Knows no other room."""
