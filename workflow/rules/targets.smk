# Targets by name: those of the paper, and each study and each grid past the paper by its name.

for name in TARGETS:

    rule:
        name:
            name
        input:
            targets.files(TARGETS[name]),
        localrule: True
