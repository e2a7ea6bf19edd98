import { undoIdOf, undoneCallOf } from '../../../workflows/contracts/undo-id';

it.each([
  ['t1.s1.c1-0a1b2c3d', 0, 't1.s1.c1-0a1b2c3d.undo'],
  ['t1.s1.c1-0a1b2c3d', 1, 't1.s1.c1-0a1b2c3d.undo2'],
  ['t1.s1.c1-0a1b2c3d', 11, 't1.s1.c1-0a1b2c3d.undo12'],
])('the compensation of %s after %i in vain is %s', (callId, inVain, undoId) => {
  expect(undoIdOf(callId, inVain)).toBe(undoId);
  expect(undoneCallOf(undoId)).toBe(callId);
});

it.each(['t1.s1.c1-0a1b2c3d', 't1.s1.c1-0a1b2c3d.undone', '.undo', 't1.undo2x'])('%s is no compensation', (id) => {
  expect(undoneCallOf(id)).toBeUndefined();
});
