{{ dyad_periods('day') }}
