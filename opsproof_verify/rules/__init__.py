"""The rules (SPEC 9.10, 9.11): one file a subject, one pure function a clause.

A rule on entries sees the run *before* an entry, and the entry; a rule at the end sees the whole run. Both give
violations; what they weigh is the policy's business. The tables at the end of each file say when a rule is asked.
"""
