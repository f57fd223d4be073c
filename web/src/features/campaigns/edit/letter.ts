/** A short letter as mail programs show it: a heading, paragraphs and perhaps a button, in one narrow column. */

export interface Letter {
  heading: string;
  text: string;
  /** of the button; empty = none */
  label: string;
  link: string;
}

const FONT = "font-family:Helvetica,Arial,sans-serif";

function escaped(text: string): string {
  const names: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };
  return text.replace(/[&<>"]/g, (character) => names[character] ?? character);
}

/** What a person writes between two braces stays a tag of the template language. */
export function letter({ heading, text, label, link }: Letter): string {
  const paragraphs = text.trim().split(/\n\s*\n/).map((part) => {
    const lines = escaped(part.trim()).replace(/\n/g, "<br>");
    return `<p style="margin:0 0 16px;${FONT};font-size:16px;line-height:1.6;color:#2b3230">${lines}</p>`;
  });
  const button = label.trim()
    ? `<table role="presentation" cellpadding="0" cellspacing="0" style="margin:8px 0 16px"><tr><td style="border-radius:6px;background:#1f6f5c">
<a href="${escaped(link.trim())}" style="display:inline-block;padding:13px 26px;${FONT};font-size:16px;font-weight:bold;color:#ffffff;text-decoration:none">${escaped(label.trim())}</a>
</td></tr></table>`
    : "";
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(heading.trim())}</title></head>
<body style="margin:0;padding:0;background:#f3f5f4">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f5f4"><tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:560px;background:#ffffff;border-radius:10px"><tr><td style="padding:36px 32px">
<h1 style="margin:0 0 20px;${FONT};font-size:26px;line-height:1.25;color:#15201c">${escaped(heading.trim())}</h1>
${paragraphs.join("\n")}
${button}
</td></tr></table>
<p style="margin:18px 0 0;${FONT};font-size:12px;line-height:1.6;color:#5d6663">{{ organization.name }}<br>{{ organization.full_address }}<br>{% unsubscribe 'Unsubscribe' %}</p>
</td></tr></table>
</body></html>`;
}
