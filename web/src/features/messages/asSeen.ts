/**
 * A message's HTML made safe to look at: looking must not count as an open or a click of its recipient.
 *
 * One-pixel images (the open tracking) are taken out, and every link gets a new window that the sandbox around it
 * refuses to open. Scripts never run in the sandbox; the policy also keeps frames, forms and plug-ins quiet.
 */
export function asSeen(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  page.querySelectorAll("img").forEach((image) => isPixel(image) && image.remove());
  page.querySelectorAll("a, area").forEach((link) => link.setAttribute("target", "_blank"));
  page.querySelectorAll('meta[http-equiv="refresh" i], base').forEach((tag) => tag.remove());
  page.head.prepend(policy(page));
  return `<!doctype html>${page.documentElement.outerHTML}`;
}

function isPixel(image: HTMLImageElement): boolean {
  // parseInt, for "1px" too; a side that is not said is NaN, which is never small.
  const side = (name: string) => Number.parseInt(image.getAttribute(name) ?? "", 10);
  return side("width") <= 1 || side("height") <= 1;
}

function policy(page: Document): HTMLMetaElement {
  const meta = page.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = "default-src 'none'; img-src * data:; style-src * 'unsafe-inline'; font-src * data:; form-action 'none'";
  return meta;
}
