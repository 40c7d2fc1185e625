"""Sentences for people, made of codes and values: one catalogue a language, units by the market."""
