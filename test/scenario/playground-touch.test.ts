// SPDX-License-Identifier: LGPL-2.1-or-later
// timeout: 300
// runs: node

// The playground on a telephone, by Chromium's emulation of one: steps by taps, a drag of the slider, and a swipe of the picture, which scrolls it and steps nowhere.

import type { CDPSession, Locator, Page } from 'playwright-core';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { CHROMIUM } from '../support/browser.js';
import { needs } from '../support/needs.js';
import { button, now, playgroundPage, withPage } from './support/playground.js';

const TELEPHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
const STEPS = 8;

interface Point {
  readonly x: number;
  readonly y: number;
}

/** A point of an element that is in view, by shares of its width and height. */
async function pointOf(target: Locator, right: number, down: number): Promise<Point> {
  await target.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await target.boundingBox())!;
  return { x: x + width * right, y: y + height * down };
}

/** A finger goes from one point to another. */
async function drag(touch: CDPSession, from: Point, to: Point): Promise<void> {
  await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [from] });
  for (let i = 1; i <= STEPS; i++) {
    const at = { x: from.x + ((to.x - from.x) * i) / STEPS, y: from.y + ((to.y - from.y) * i) / STEPS };
    await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [at] });
  }
  await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
}

/** Which moment is shown, from 1. */
async function moment(page: Page): Promise<number> {
  return parseInt(await page.locator('#where').innerText());
}

needs(test, CHROMIUM)('a finger steps through a run: by a button, a step of the list, the picture, the slider', () =>
  withPage(
    async (page) => {
      const touch = await page.context().newCDPSession(page);
      const slider = page.getByRole('slider', { name: 'Moment' });
      const last = Number(await slider.getAttribute('max')) + 1;
      assert.is(await moment(page), 1);
      await button(page, 'Next moment').tap();
      assert.is(await moment(page), 2);
      assert.match(await now(page), /^0 s: main: efd = eventfd 0 vpoll;/);
      await page.locator('#steps li').nth(3).tap();
      assert.is(await moment(page), 4);

      // A tap on the picture shows the moment below the finger, a later one further to the right.
      const picture = page.locator('#timeline');
      const [near, far] = [await pointOf(picture, 0.5, 0.5), await pointOf(picture, 0.9, 0.5)];
      await page.touchscreen.tap(near.x, near.y);
      const picked = await moment(page);
      await page.touchscreen.tap(far.x, far.y);
      assert.ok((await moment(page)) > picked, `${picked}`);

      await button(page, 'First moment').tap();
      await drag(touch, await pointOf(slider, 0.02, 0.5), await pointOf(slider, 0.98, 0.5));
      assert.ok((await moment(page)) > last / 2, `${await moment(page)} of ${last}`);
      await drag(touch, await pointOf(slider, 0.98, 0.5), await pointOf(slider, 0.02, 0.5));
      assert.ok((await moment(page)) < last / 2, `${await moment(page)} of ${last}`);
    },
    playgroundPage,
    TELEPHONE,
  ),
);

needs(test, CHROMIUM)('a swipe of the picture scrolls it along its time axis, and stays at the moment', () =>
  withPage(
    async (page) => {
      const touch = await page.context().newCDPSession(page);
      const picture = page.locator('#timeline');
      const scrolled = (): Promise<number> => picture.evaluate((box) => box.scrollLeft);
      const before = await moment(page);
      assert.is(await scrolled(), 0);
      await drag(touch, await pointOf(picture, 0.9, 0.5), await pointOf(picture, 0.3, 0.5));
      await page.waitForFunction(() => document.getElementById('timeline')!.scrollLeft > 50);
      assert.is(await moment(page), before);
      // The names of the rows stay in view.
      const name = await page.locator('#timeline text').last().boundingBox();
      const box = (await picture.boundingBox())!;
      assert.ok(name !== null && name.x >= box.x, `${name?.x} ${box.x}`);
      assert.is(await page.evaluate(() => document.documentElement.scrollWidth), TELEPHONE.viewport.width);
    },
    playgroundPage,
    TELEPHONE,
  ),
);

test.run();
