// What a test does to the server's answers to one address: lets them through, holds them back, breaks them off, or
// answers itself. A wire is laid before its page is opened: where a browser begins to watch its requests while a page
// runs, one in a hundred slips by unwatched.
import type { Page, Route } from "@playwright/test";

type Course = (route: Route) => Promise<void>;

const THROUGH: Course = (route) => route.continue();

export class Wire {
  private course: Course = THROUGH;

  static async of(page: Page, address: string): Promise<Wire> {
    const wire = new Wire();
    await page.route(address, (route) => wire.course(route));
    return wire;
  }

  /** From now on everything goes another way. */
  takes(course: Course) {
    this.course = course;
  }

  goesThrough() {
    this.course = THROUGH;
  }

  breaks() {
    this.course = (route) => route.abort();
  }

  /** Nothing is answered until the function that is given back is called; then all of it is. */
  holds(): () => void {
    let release = () => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    this.course = async (route) => {
      await released;
      await route.continue();
    };
    return release;
  }
}
