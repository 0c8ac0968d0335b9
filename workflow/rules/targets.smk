# Targets by name: those of the paper, and every study and grid past the paper under its own.

for name in TARGETS:

    rule:
        name:
            name
        input:
            targets.files(TARGETS[name]),
        localrule: True
