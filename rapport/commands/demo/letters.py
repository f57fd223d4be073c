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


def _offer(heading: str, text: str, page: str, button: str) -> str:
    """A heading, a paragraph and a button to a page of the shop."""
    return _letter(
        f"""<h1 style="font-size:26px">{heading}</h1>
<p>{text}</p>
<p><a href="https://juniper-and-pine.example/{page}" style="{_BUTTON}">{button}</a></p>"""
    )


WORKSHOP = _offer(
    "Where your coat comes from",
    "{{ first_name|default:'Hello' }}, we sew in a brick house by the river, four people and a dog. "
    "Come in and look around.",
    "workshop",
    "See the workshop",
)
LAMBSWOOL = _offer(
    "Lambswool is back",
    "The crew neck you asked for is here again: spun in the Borders, dyed in five colours, knitted next door.",
    "category/Knitwear",
    "Choose a colour",
)
HOME = _offer(
    "Everything for the house",
    "Blankets that outlive sofas, a mug that survives the sink, and a candle that smells of "
    "{{ person.city|default:'the forest' }} after rain.",
    "category/Home",
    "Look around",
)
CARE = _offer(
    "Wash it less, wear it longer",
    "Wool cleans itself. Hang it out overnight, brush it, fold it. Here is all we know about keeping it.",
    "care",
    "Read the guide",
)
LAPSED = _offer(
    "It has been a while, {{ first_name|default:'friend' }}",
    "We kept your size, and made some new things in "
    "{{ person|lookup:'Favorite Category'|lower|default:'every corner of the shop' }}.",
    "new",
    "See what is new",
)
GIFTS = _offer(
    "Gifts under fifty dollars",
    "A beanie, a candle, a mug, a towel: small things, made as carefully as the large ones.",
    "gifts",
    "Find one",
)
WELCOME = _offer(
    "Welcome, {{ first_name|default:'friend' }}",
    "Thank you for reading us. Once or twice a month we write about what we make and how; nothing else.",
    "about",
    "Who we are",
)
HOW_WE_WORK = _offer(
    "How a jumper is made",
    "From the sheep to your shelf it takes eleven weeks and nine people. Here they are.",
    "how-we-work",
    "Meet them",
)
FIRST_ORDER = _offer(
    "Something for your first order",
    "{{ first_name|default:'Friend' }}, if you were waiting for a reason: the postage is on us this week.",
    "new",
    "Have a look",
)
SEASON = _letter(
    f"""<h1 style="font-size:26px">New {{{{ person|lookup:'Favorite Category'|lower|default:'things' }}}}
for the season, {{{{ first_name|default:'friend' }}}}</h1>
<p>The mornings in {{{{ person.city|default:'your town' }}}} are getting cold. We unpacked the new season:
wool that lasts, wax that keeps the rain out, and a candle that smells of the forest.</p>
<p><a href="https://juniper-and-pine.example/new" style="{_BUTTON}">See what is new</a></p>
{{% with category=person|lookup:'Favorite Category' %}}
<p>Or look at
<a href="https://juniper-and-pine.example/category/{{{{ category|urlencode }}}}">all {{{{ category|lower }}}}</a>.</p>
{{% endwith %}}"""
)
THANKS = _letter(
    f"""<h1 style="font-size:26px">How do you like it, {{{{ first_name|default:'friend' }}}}?</h1>
<p>By now you have worn what came with order {{{{ event.OrderId }}}}:</p>
<ul>{{% for item in event.Items %}}
<li>{{{{ item.ProductName }}}}, ${{{{ item.RowTotal|floatformat:2 }}}}</li>
{{% endfor %}}</ul>
<p><a href="https://juniper-and-pine.example/orders/{{{{ event.OrderId }}}}" style="{_BUTTON}">
Tell us</a></p>"""
)
REGULARS = _letter(
    f"""<h1 style="font-size:26px">Something for our regulars</h1>
<p>{{{{ first_name|default:'Friend' }}}}, you have been good to us this year. Here is early access to the winter coats,
two days before everybody else.</p>
<p><a href="https://juniper-and-pine.example/early" style="{_BUTTON}">Go in early</a></p>"""
)
