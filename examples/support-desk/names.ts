/** Who works at the support desk. */
export const TRIAGE = 'triage';
export const ORDERS = 'orders';
export const REFUNDS = 'refunds';
export const RESEARCHER = 'researcher';
export const WRITER = 'writer';
