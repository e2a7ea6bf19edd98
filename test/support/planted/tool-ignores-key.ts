/** Planted: a tool that says `idempotent` and sends another key each time (the cashier's tools look at this variable). */
process.env.PLANTED_KEY = 'ignored';
void import('../worker-main.js');
