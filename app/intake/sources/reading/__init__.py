"""What every parser needs to read a text: its characters, dates, language and wishes. All pure."""
