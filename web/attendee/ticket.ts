// Who this visitor is to the event: the token from the link, or the one a gateway gave, kept for the next visit.
// It never judges a token. The attendee's page calls it first of all, so that the address no longer shows the token.

export interface Ticket {
  readonly token: string | null;
  readonly name: string;
  /** A personal link, or a reload after joining: the visitor is let in without being asked. */
  readonly enters: boolean;
}

const tokenPlace = (event: string) => `ticket:${event}`;
const joinedPlace = (event: string) => `joined:${event}`;
const NAME = "name";

export function takeTicket(event: string): Ticket {
  const address = new URL(location.href);
  const given = address.searchParams.get("t");
  if (given !== null) {
    address.searchParams.delete("t");
    history.replaceState(history.state, "", address);
    keepToken(event, given);
    return { token: given, name: nameIn(given) ?? read("localStorage", NAME) ?? "", enters: true };
  }
  const token = read("sessionStorage", tokenPlace(event)) ?? read("localStorage", tokenPlace(event));
  const name = (token === null ? null : nameIn(token)) ?? read("localStorage", NAME) ?? "";
  return { token, name, enters: read("sessionStorage", joinedPlace(event)) !== null };
}

/** This tab's own comes first: two tabs may have been opened with different links. */
export function keepToken(event: string, token: string): void {
  write("sessionStorage", tokenPlace(event), token);
  write("localStorage", tokenPlace(event), token);
}

export function keepName(event: string, name: string): void {
  write("localStorage", NAME, name);
  write("sessionStorage", joinedPlace(event), "1");
}

/** Whoever was removed is asked again at the next visit. */
export function forgetJoined(event: string): void {
  write("sessionStorage", joinedPlace(event), null);
}

export function keepDraft(place: string, text: string): void {
  write("sessionStorage", `draft:${place}`, text === "" ? null : text);
}

export function draftOf(place: string): string {
  return read("sessionStorage", `draft:${place}`) ?? "";
}

export function keepChoice(choice: string, value: string): void {
  write("localStorage", `choice:${choice}`, value);
}

export function choiceOf(choice: string): string | null {
  return read("localStorage", `choice:${choice}`);
}

/** The name a token carries, for showing only: whether it is genuine is the server's to say. */
export function nameIn(token: string): string | null {
  try {
    const body = token.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(body.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes)) as { name?: unknown };
    return typeof claims.name === "string" && claims.name !== "" ? claims.name : null;
  } catch {
    return null;
  }
}

type Store = "sessionStorage" | "localStorage";

/** Where storage is forbidden, even naming it throws. */
function read(store: Store, place: string): string | null {
  try {
    return globalThis[store].getItem(place);
  } catch {
    return null;
  }
}

function write(store: Store, place: string, value: string | null): void {
  try {
    if (value === null) globalThis[store].removeItem(place);
    else globalThis[store].setItem(place, value);
  } catch {
    // Without storage it lasts as long as the page.
  }
}
