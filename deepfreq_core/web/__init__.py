"""The JSON and download routes served beside the pages."""
