"""The guided run: a person led through the steps of a contract at a terminal, by plain lines and questions.

Nothing is decided here that `guard` and the other modules decide: each answer goes through `work`, `attaching`,
`oversight` or `deviate` and is on disk, signed, before it is reported. Where the person stands follows from the record
alone, so a run can be left at any question and resumed, here, by the commands, or by somebody else.

- `screen` puts lines, `dialog` asks questions, `session` holds the run and who is at the terminal
- `flow` chooses what comes next; `steps`, `values`, `files` work on a step
- `deviating`, `others`, `leave`, `ending` are the conversations beside it; `commands` are the words that begin with `:`
"""
