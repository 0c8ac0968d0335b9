# Targets by name, each a stage of dvc.yaml.


localrules:
    all,
    data,
    train,
    evaluate,
    paper,
    search,


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
