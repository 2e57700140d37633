"""What a delivery, an idle connection and a join cost the server, beside a C loop and Starlette's WebSockets."""
