/** Where compiled code is: processes run it, whether the file that starts them is compiled or not. */
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');

export const COMPILED = path.basename(root) === 'dist' ? root : path.join(root, 'dist');
