"use strict";
// The longest answer that is shown; a longer one is offered as a file.
const SHOWN_MAX = 200000;
const TEXTS = /json|^text\//;

// Address, headers and body, as a form has them.
function request(form) {
  const { method, path } = form.dataset;
  const query = new URLSearchParams();
  const headers = {};
  let address = path;
  for (const field of form.querySelectorAll("[data-in]")) {
    const value = field.value;
    if (field.dataset.in === "path") address = address.replace(`{${field.name}}`, encodeURIComponent(value));
    else if (value === "") continue;
    else if (field.dataset.in === "header") headers[field.name] = value;
    else query.append(field.name, value);
  }
  if (String(query) !== "") address += `?${query}`;
  const body = form.querySelector("[data-body]");
  if (body) headers["Content-Type"] = body.dataset.body;
  const content = body && (body.type === "file" ? body.files[0] ?? "" : body.value);
  return { method, address, headers, body: body ? content : undefined };
}

function quoted(text) {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function curl(form) {
  const { method, address, headers, body } = request(form);
  const parts = ["curl", "-sS"];
  if (method !== "GET") parts.push("-X", method);
  parts.push(quoted(location.origin + address));
  for (const [name, value] of Object.entries(headers)) parts.push("-H", quoted(`${name}: ${value}`));
  if (body instanceof File) parts.push("--data-binary", quoted(`@${body.name}`));
  else if (body !== undefined && body !== "") parts.push("--data", quoted(body));
  return parts.join(" ");
}

async function show(answer, response, milliseconds) {
  const type = response.headers.get("content-type") ?? "";
  const bytes = await response.blob();
  answer.querySelector(".outcome").textContent =
    `${response.status} ${response.statusText} · ${bytes.size.toLocaleString("en-IN")} bytes · ${milliseconds} ms`;
  answer.classList.toggle("is-bad", !response.ok);
  answer.querySelector(".headers pre").textContent =
    [...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n");
  const text = answer.querySelector(".text");
  text.textContent = "";
  if (TEXTS.test(type) && bytes.size <= SHOWN_MAX) {
    const written = await bytes.text();
    try {
      text.textContent = type.includes("json") ? JSON.stringify(JSON.parse(written), null, 2) : written;
    } catch {
      text.textContent = written;
    }
  } else if (bytes.size > 0) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(bytes);
    link.download = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "answer";
    link.textContent = `Save ${link.download}`;
    text.append(link);
  }
  answer.hidden = false;
}

document.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const answer = form.parentElement.querySelector(".answer");
  const note = form.querySelector(".note");
  const { method, address, headers, body } = request(form);
  note.textContent = "Asking …";
  const begun = performance.now();
  try {
    const response = await fetch(address, { method, headers, body });
    await show(answer, response, Math.round(performance.now() - begun));
    note.textContent = "";
  } catch (error) {
    note.textContent = `The server does not answer: ${error.message}`;
  }
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const note = button.form.querySelector(".note");
  const command = curl(button.form);
  try {
    await navigator.clipboard.writeText(command);
    note.textContent = "Copied.";
  } catch {
    // No clipboard without TLS: then it is there to be marked.
    note.textContent = command;
  }
});

const filter = document.getElementById("filter");
filter.addEventListener("input", () => {
  const sought = filter.value.trim().toLowerCase();
  let found = 0;
  for (const section of document.querySelectorAll("section")) {
    let some = false;
    for (const operation of section.querySelectorAll(":scope > details")) {
      const fits = operation.querySelector("summary").textContent.toLowerCase().includes(sought);
      operation.hidden = !fits;
      some ||= fits;
      found += fits ? 1 : 0;
    }
    section.hidden = !some;
  }
  document.getElementById("none").hidden = found > 0;
});

// An address with an operation's name opens it.
function opened() {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
}
addEventListener("hashchange", opened);
opened();
