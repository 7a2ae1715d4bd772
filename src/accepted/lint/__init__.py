"""Rules over documents and code: what an asynchronous API must say, and where it does not.

rule      what a rule is; rules/ has them all
subjects  what rules look at, and how it comes out of files
config    what a project says; ignores, baseline: what it has accepted
run       files -> subjects -> findings
report/   findings as text, JSON, SARIF, GitHub annotations, Markdown
"""
