import { useState } from "react";
import { asSeen } from "../../messages";

interface FramedProps {
  html: string;
  title: string;
  /** pixels; as high as its content where it is not said */
  height?: number;
  width?: number | string;
}

/** HTML in a frame of its own, where nothing of it runs and no link leads anywhere. */
export function Framed({ html, title, height, width = "100%" }: FramedProps) {
  const [own, setOwn] = useState(60);
  return (
    <iframe
      title={title}
      sandbox="allow-same-origin"
      tabIndex={-1}
      srcDoc={asSeen(html)}
      onLoad={({ currentTarget }) => setOwn(currentTarget.contentDocument?.documentElement.scrollHeight ?? 60)}
      style={{ border: 0, width, height: height ?? own, display: "block", background: "#fff", pointerEvents: height === undefined ? "none" : undefined }}
    />
  );
}
