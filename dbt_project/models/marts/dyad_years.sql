{{ dyad_periods('year') }}
