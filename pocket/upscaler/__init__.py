"""The pocket upscaler: a small Real-ESRGAN for the pocket world, four times as wide and as high."""
