/**
 * Takes the personal token out of a staff page's address and keeps it for the next time.
 * It never judges a token: the server does. The pages of staff call it first of all.
 */

/** The token of `page` (`studio`, `desk`, `ops`) and `event`, or null. The address no longer shows it afterwards. */
export function takePass(page: string, event: string): string | null {
  const place = `pass:${page}:${event}`;
  const address = new URL(location.href);
  const given = address.searchParams.get("t");
  if (given !== null) {
    address.searchParams.delete("t");
    history.replaceState(history.state, "", address);
    keepPass(page, event, given);
    return given;
  }
  try {
    return sessionStorage.getItem(place) ?? localStorage.getItem(place);
  } catch {
    return null;
  }
}

/** A newer token for the same page. This tab's own comes first: two tabs may have been opened with different links. */
export function keepPass(page: string, event: string, token: string): void {
  const place = `pass:${page}:${event}`;
  try {
    sessionStorage.setItem(place, token);
    localStorage.setItem(place, token);
  } catch {
    // Without storage the token lasts as long as the page.
  }
}

/** The second part of the page's path: `/studio/demo` is about `demo`. */
export function eventOf(path: string): string {
  return decodeURIComponent(path.split("/")[2] ?? "");
}
