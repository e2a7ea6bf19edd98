/** The seeded source of numbers is that of `testing`. */
export { seededRandom } from '../../testing/random';
