"""The second opinion: a small learned encoder reads each passage beside what the rules say of its place."""
