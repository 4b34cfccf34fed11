"""The complaints: how they come in, are kept and are asked. No Streamlit, no HTTP, nothing drawn here."""
