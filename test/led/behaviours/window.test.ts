import { expect, it } from 'vitest';
import { createWindow } from '../../../src/led/behaviours/window.ts';

it('a window counts the calls of the last seconds only', () => {
  let time = 500;
  const window = createWindow(3, () => time);
  for (let second = 0; second < 10; second += 1) {
    window.add({ failed: second % 2 === 0, slow: false });
    time += 1000;
  }
  expect(window.totals()).toEqual({ calls: 2, failed: 1, slow: 0 });
  time += 5000;
  expect(window.totals()).toEqual({ calls: 0, failed: 0, slow: 0 });
});
