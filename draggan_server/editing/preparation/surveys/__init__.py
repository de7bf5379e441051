"""Surveys that come with the program: that of the default model."""
