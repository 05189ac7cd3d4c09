// @ts-check
// A press that takes its time: between a button's going down and up, other things happen.
import assert from 'node:assert/strict';

/**
 * @typedef {import('playwright-core').Page} Page
 * @typedef {import('playwright-core').Locator} Locator
 */

/**
 * Presses an element. `endsWhereItBegan` fails when the element is elsewhere by now, and else lets the button go.
 * @param {Page} page
 * @param {Locator} element
 */
export async function hold(page, element) {
  await element.scrollIntoViewIfNeeded();
  const where = await element.boundingBox();
  assert.ok(where);
  await page.mouse.move(where.x + where.width / 2, where.y + where.height / 2);
  await page.mouse.down();
  return {
    async endsWhereItBegan() {
      await settled(page);
      assert.deepEqual(await element.boundingBox(), where, 'nothing moves away from under the pointer');
      await page.mouse.up();
    },
  };
}

/** Until what came to the page by now is shown. @param {Page} page */
export async function settled(page) {
  await page.evaluate(() => new Promise((shown) => { requestAnimationFrame(() => setTimeout(shown, 500)); }));
}
