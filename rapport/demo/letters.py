"""The demo store's letters, in the template language."""

_STYLE = "font-family:Georgia,serif;max-width:560px;margin:0 auto;color:#2b3a33;line-height:1.5"
_BUTTON = "display:inline-block;background:#2f5d4a;color:#fff;padding:12px 22px;border-radius:6px;text-decoration:none"


def _letter(body: str) -> str:
    return f"""<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="background:#f4f1ea;padding:24px"><div style="{_STYLE};background:#fff;padding:32px;border-radius:10px">
<p style="letter-spacing:.2em;text-transform:uppercase;color:#8a7b5c;font-size:12px">{{{{ organization.name }}}}</p>
{body}
<p style="font-size:12px;color:#8a8a8a;border-top:1px solid #eee;padding-top:16px;margin-top:32px">
You get this because you shopped with {{{{ organization.name }}}}.
{{% unsubscribe %}} · {{% web_view 'View in browser' %}}</p>
</div></body></html>"""


AUTUMN = _letter(
    f"""<h1 style="font-size:26px">New {{{{ person|lookup:'Favorite Category'|lower|default:'things' }}}} for autumn,
{{{{ first_name|default:'friend' }}}}</h1>
<p>The mornings in {{{{ person.city|default:'your town' }}}} are getting cold. We unpacked the new season:
wool that lasts, wax that keeps the rain out, and a candle that smells of the forest.</p>
<p><a href="https://juniper-and-pine.example/new" style="{_BUTTON}">See what is new</a></p>
{{% with category=person|lookup:'Favorite Category' %}}
<p>Or look at
<a href="https://juniper-and-pine.example/category/{{{{ category|urlencode }}}}">all {{{{ category|lower }}}}</a>.</p>
{{% endwith %}}"""
)
THANKS = _letter(
    f"""<h1 style="font-size:26px">Thank you, {{{{ first_name|default:'friend' }}}}</h1>
<p>Your order {{{{ event.OrderId }}}} is being packed:</p>
<ul>{{% for item in event.Items %}}
<li>{{{{ item.ProductName }}}}, ${{{{ item.RowTotal|floatformat:2 }}}}</li>
{{% endfor %}}</ul>
<p><a href="https://juniper-and-pine.example/orders/{{{{ event.OrderId }}}}" style="{_BUTTON}">
Follow your order</a></p>"""
)
REGULARS = _letter(
    f"""<h1 style="font-size:26px">Something for our regulars</h1>
<p>{{{{ first_name|default:'Friend' }}}}, you have been good to us this year. Here is early access to the winter coats,
two days before everybody else.</p>
<p><a href="https://juniper-and-pine.example/early" style="{_BUTTON}">Go in early</a></p>"""
)
