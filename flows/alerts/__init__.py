"""From what went wrong to the desks of people: causes, their ledger, the outbox, and what leaves the house."""
