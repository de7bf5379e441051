"""What a user sees beside the picture, as data: each host has one renderer of it.

`parts` are the kinds of things that a form is made of, `form` is what they show at a time and what
happens when the user touches them. The others are the forms that there are.
"""
