{{ dyad_periods('month') }}
