"""The daemon as a service of the user's session, by what the platform has for it."""
