# Targets by name, each a stage of dvc.yaml.


localrules:
    all,
    data,
    train,
    evaluate,
    paper,
    search,
    studies,
    grids,


rule data:
    input:
        data_files(),


rule train:
    input:
        run_files(PAPER),


rule evaluate:
    input:
        cells(EVALUATION, PAPER),


rule paper:
    input:
        experiment_files(PAPER),


rule search:
    input:
        experiment_files(SEARCH),


rule studies:
    input:
        [file for root in STUDIES for file in study_targets(root)],


rule grids:
    input:
        [file for root in GRIDS if root != PAPER for file in experiment_files(root)],


for root in GRIDS:
    if root != PAPER:

        rule:
            name:
                Path(root).name
            input:
                experiment_files(root),
            localrule: True
