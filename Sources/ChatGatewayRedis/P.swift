import ChatGateway
import CHiredis
