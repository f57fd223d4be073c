import { useAccount } from "../../../api/account";
import classes from "./Brand.module.css";
import { ButtonPreview } from "./ButtonPreview";
import { cssOf, useButtons, useDrawnLogos, useSocialGroups, type EmailDraft } from "./queries";
import { networkName } from "./SocialGroups";

/** A drawing of an e-mail with this look. */
export function MailPreview({ of: { body, header, footer, points } }: { of: EmailDraft }) {
  const { account_name: shop } = useAccount();
  const logo = useDrawnLogos().logos?.find(({ logo: { id } }) => id === points.logo);
  const button = useButtons().data?.data.find(({ id }) => id === points.button)?.attributes;
  const social = useSocialGroups().data?.data.find(({ id }) => id === points.social)?.attributes.social_links ?? [];
  return (
    <div className={classes.mail} role="img" aria-label="How an e-mail looks">
      <div className={classes.part} style={{ background: header.background_color, textAlign: "center" }}>
        {logo?.url ? (
          <img src={logo.url} alt="" style={{ maxWidth: header.logo_max_width ? `min(100%, ${header.logo_max_width}px)` : "100%", maxHeight: 120 }} />
        ) : (
          <span style={cssOf(body.h3_text)}>{shop}</span>
        )}
        {header.links.length > 0 && (
          <div className={classes.links} style={cssOf(body.text)}>
            {header.links.map(({ text }, at) => (
              <span key={at} style={cssOf(header.link_text)}>
                {text}
              </span>
            ))}
          </div>
        )}
      </div>
      <div style={{ background: body.body_background_color, padding: 14 }}>
        <div className={classes.part} style={{ background: body.background_color }}>
          <h1 style={cssOf(body.h1_text)}>Spring is here</h1>
          <p style={cssOf(body.text)}>
            Hello Ann, the first things for warm days have come. <span style={cssOf(body.link_text)}>Have a look</span> before they are gone.
          </p>
          {button && (
            <p style={{ textAlign: "center", margin: "18px 0" }}>
              <ButtonPreview of={button}>Shop now</ButtonPreview>
            </p>
          )}
          <h2 style={cssOf(body.h2_text)}>Chosen for you</h2>
          <h3 style={cssOf(body.h3_text)}>Red boots</h3>
          <p style={cssOf(body.text)}>Waterproof, and good for a long walk.</p>
          <h4 style={cssOf(body.h4_text)}>Free delivery</h4>
        </div>
      </div>
      <div className={classes.part} style={{ background: footer.background_color, textAlign: "center" }}>
        {social.length > 0 && (
          <p style={{ ...cssOf(footer.text), color: ICON_COLOURS[footer.social_group_color] ?? cssOf(footer.link_text).color }}>
            {social.map(({ platform }) => networkName(platform)).join(" · ")}
          </p>
        )}
        <p style={cssOf(footer.text)}>
          {shop} · You get this because you asked for news. <span style={cssOf(footer.link_text)}>Unsubscribe</span>
        </p>
      </div>
    </div>
  );
}

const ICON_COLOURS: Record<string, string> = { black: "#000000", grey: "#808080", white: "#ffffff" };
