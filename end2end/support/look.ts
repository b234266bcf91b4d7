// Looking at a page as people have it before them: a desktop's and a phone's width, light and dark.
import type { Page } from "@playwright/test";
import { expect, seriousFaults } from "./test";

export const SIZES = { desktop: { width: 1280, height: 900 }, phone: { width: 390, height: 844 } };

/** Nothing hangs out, axe finds no serious fault, and a picture of each stays with the results. */
export async function look(page: Page, name: string) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      expect(await seriousFaults(page), `${name} ${size} ${colorScheme}`).toEqual([]);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(width, `${name} ${size}`).toBeLessThanOrEqual(viewport.width);
      await page.screenshot({ path: `test-results/screenshots/${name}-${size}-${colorScheme}.png`, fullPage: true });
    }
  }
  await page.setViewportSize(SIZES.desktop);
}
