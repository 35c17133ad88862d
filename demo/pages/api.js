// The public API, as openapi.yaml has it.

// Problem is what the API says when it says no: application/problem+json.
export class Problem extends Error {
  constructor(status, body) {
    super(body.detail || body.title || String(status));
    this.status = status;
    this.code = body.code;
    this.fields = body.fields || [];
  }
}

export class API {
  constructor(token) {
    this.token = token;
  }

  get(path) {
    return this.call("GET", path);
  }

  // all follows a list to its end.
  async all(path) {
    const items = [];
    for (let cursor = ""; ; ) {
      const page = await this.get(path + cursor);
      items.push(...page.items);
      if (!page.next_cursor) return items;
      cursor = (path.includes("?") ? "&" : "?") + "cursor=" + encodeURIComponent(page.next_cursor);
    }
  }

  async call(method, path, body) {
    const headers = {};
    if (this.token) headers.Authorization = "Bearer " + this.token;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    const response = await fetch(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
    const text = await response.text();
    const reply = text ? JSON.parse(text) : null;
    if (!response.ok) throw new Problem(response.status, reply || {});
    return reply;
  }
}
