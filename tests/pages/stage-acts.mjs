// What each page of the stage is there for, done and checked. An act gives what is wrong.

// Puts a text into a field as a person does.
const type = (id, text) => `(() => { const field = document.getElementById('${id}'); field.value = ${JSON.stringify(text)};
  field.dispatchEvent(new Event('input', { bubbles: true })); })()`;
const textOf = (id) => `document.getElementById('${id}').textContent`;

async function wire(browser, vectors) {
  const wrong = [];
  const judged = await browser.ask(`(async () => {
    const { dissect, unhex } = await import('/dissect.js');
    return ${JSON.stringify(vectors)}.map(({ hex, from }) => {
      const { frames, fault } = dissect(unhex(hex), from);
      return [fault, frames.map(({ payload }) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(payload))];
    });
  })()`);
  judged.forEach(([fault, payloads], at) => {
    const { hex, fault: expected, payloads: texts } = vectors[at];
    if (fault !== expected) wrong.push(`${hex.slice(0, 40)} is judged ${fault}, not ${expected}`);
    if (JSON.stringify(payloads) !== JSON.stringify(texts)) wrong.push(`${hex.slice(0, 40)} carries ${payloads}`);
  });
  await browser.ask(type("text", "Grüezi"));
  const cells = await browser.ask("document.querySelectorAll('#bytes li').length");
  if (cells !== 2 + 4 + 7) wrong.push(`a masked 'Grüezi' has ${cells} bytes`);
  await browser.ask(type("hex", "c1 00"));
  if (!(await browser.ask(textOf("verdict2"))).includes("§5.2")) wrong.push("a reserved bit is not explained");
  await browser.ask(type("hex", "8"));
  const none = await browser.ask(textOf("verdict2"));
  if (!/hex/i.test(none)) wrong.push(`half a byte is answered with '${none}'`);
  await browser.ask(type("hex", "01 03 48 65 6c 80 02 6c 6f"));
  return wrong;
}

export const demonstrations = (vectors) => [
  { page: "/wire", act: (browser) => wire(browser, vectors) },
  { page: "/door" },
];
