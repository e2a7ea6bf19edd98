/** The middle of measured values is that of `testing`. */
export { median, quantile } from '../../testing/median';
