/** As much of a browser as a sign-in needs: cookies by path, redirects one at a time, forms. */
export interface Browser {
  /** Goes to an address and follows redirects for as long as they stay on the own origin. */
  visit(address: string, headers?: Record<string, string>): Promise<Page>;
  /** Sends the form of a page, with what was typed. */
  submit(page: Page, typed?: Record<string, string>, headers?: Record<string, string>): Promise<Page>;
  /** The cookies, by name; one that is not for the whole site by name and path, since two sign-ins have one each. */
  cookies: Map<string, Cookie>;
}

export interface Cookie {
  value: string;
  path: string;
  attributes: string;
}

export interface Page {
  status: number;
  /** Where the browser is, or the address on another origin where it was sent. */
  url: URL;
  html: string;
  headers: Headers;
}

/** Opens a browser without any cookie. */
export function openBrowser(origin: string): Browser {
  const cookies = new Map<string, Cookie>();

  async function request(url: URL, init: RequestInit & { headers?: Record<string, string> }): Promise<Page> {
    const reply = await fetch(url, {
      ...init,
      redirect: "manual",
      headers: { accept: "text/html", "user-agent": "test browser", cookie: cookieHeader(url), ...init.headers },
    });
    for (const line of reply.headers.getSetCookie()) keep(line);
    const location = reply.headers.get("location");
    if (reply.status >= 300 && reply.status < 400 && location !== null) {
      await reply.body?.cancel();
      const next = new URL(location, url);
      if (next.origin !== origin) return { status: reply.status, url: next, html: "", headers: reply.headers };
      return await request(next, { method: "GET" });
    }
    return { status: reply.status, url, html: await reply.text(), headers: reply.headers };
  }

  function cookieHeader(url: URL): string {
    return [...cookies]
      .filter(([, cookie]) => `${url.pathname}/`.startsWith(cookie.path.replace(/\/?$/, "/")))
      .map(([key, cookie]) => `${key.split(" ")[0] ?? ""}=${cookie.value}`)
      .join("; ");
  }

  function keep(line: string): void {
    const [pair = "", ...attributes] = line.split("; ");
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), pair.slice(at + 1)];
    const path = attributes.find((one) => one.toLowerCase().startsWith("path="))?.slice(5) ?? "/";
    const expires = attributes.find((one) => one.toLowerCase().startsWith("expires="))?.slice(8);
    const key = path === "/" ? name : `${name} ${path}`;
    if (value === "" || (expires !== undefined && new Date(expires) < new Date())) cookies.delete(key);
    else cookies.set(key, { value, path, attributes: attributes.join("; ") });
  }

  return {
    cookies,
    visit: async (address, headers) =>
      await request(new URL(address, origin), { method: "GET", ...(headers && { headers }) }),
    async submit(page, typed = {}, headers = {}) {
      const form = /<form[^>]*\saction="([^"]*)"[^>]*>([\s\S]*?)<\/form>/.exec(page.html);
      if (form === null) throw new Error(`no form at ${page.url.href}: ${page.status}`);
      const hidden = [...(form[2] ?? "").matchAll(/<input[^>]*type="hidden"[^>]*>/g)].map(([tag]) => [
        unescape(/\sname="([^"]*)"/.exec(tag)?.[1] ?? ""),
        unescape(/\svalue="([^"]*)"/.exec(tag)?.[1] ?? ""),
      ]);
      return await request(new URL(unescape(form[1] ?? ""), page.url), {
        method: "POST",
        body: new URLSearchParams({ ...(Object.fromEntries(hidden) as Record<string, string>), ...typed }).toString(),
        headers: {
          "content-type": "application/x-www-form-urlencoded",
          "sec-fetch-site": "same-origin",
          ...headers,
        },
      });
    },
  };
}

function unescape(text: string): string {
  return text
    .replaceAll("&quot;", '"')
    .replaceAll("&#34;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}
