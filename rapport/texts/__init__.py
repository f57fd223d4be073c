"""What people outside read: the words of opt-in mails, consent pages and answers to texts, in five languages."""
