-- One row per pair of actors, direction and year with any event of the pair: the sums that measures are made of.
{{ config(materialized='table') }}
{{ dyad_sums('year') }}
