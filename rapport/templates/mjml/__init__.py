"""From a drag-and-drop definition to MJML, and from that to HTML that mail programs show alike."""
