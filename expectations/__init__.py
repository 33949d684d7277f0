"""What is usual for the world: one suite of checks per table of the marts, declared in <table>.yml.

Keys, relationships and sums are no matter of usage and are tested in the dbt project; never one fact in both.
"""
