"""What comes in: declared sources, and readers that make documents of landed bytes; imports no other room."""
