/**
 * User names and passwords in URLs: what has them is refused by name, and no message shows them.
 *
 * @module
 */

/** What stands between the scheme and the last `@` of a URL in a text. */
const CREDENTIALS = /\b((?:https?|wss?|ftp):[/\\]*|[a-z][a-z0-9+.-]*:[/\\]{2})[^\s/\\?#"'`<>]*@/gi;

/** True when the URL names a user or has a password. */
export function hasCredentials(url: string): boolean {
  // Each submission asks this; most URLs are of files, and none has a user without this sign.
  if (!url.includes("@")) return false;
  if (!URL.canParse(url)) return withoutCredentials(url) !== url;
  const { username, password } = new URL(url);
  return username !== "" || password !== "";
}

/** A text, such as an error's, in which URLs have lost what is secret in them. */
export function withoutCredentials(text: string): string {
  return text.replace(CREDENTIALS, "$1");
}

/** A URL as it may be shown. */
export function shownUrl(url: string): string {
  if (!URL.canParse(url)) return withoutCredentials(url);
  const shown = new URL(url);
  if (shown.username === "" && shown.password === "") return url;
  shown.username = shown.password = "";
  return shown.href;
}
